import { GraphFault } from '../graph-api/graph-fault.ts';

export type Literal = string | number | boolean | null;
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
type TextTest = 'startswith' | 'endswith' | 'contains';

/** A parsed $filter. Inside `any`, an empty path is the element itself. */
export type Filter =
  | { readonly kind: 'or' | 'and'; readonly items: readonly Filter[] }
  | { readonly kind: 'not'; readonly item: Filter }
  | { readonly kind: 'compare'; readonly path: string; readonly op: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly Literal[] }
  | { readonly kind: 'text'; readonly test: TextTest; readonly path: string; readonly value: string }
  | { readonly kind: 'any'; readonly path: string; readonly item: Filter };

const tokenPattern = /\s*(?:('(?:[^']|'')*')|([A-Za-z_$@][\w.$@/-]*|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|-?\d[\w:.+-]*)|([(),:]))/y;

interface Token {
  readonly kind: 'string' | 'word' | 'sign';
  readonly text: string;
}

/** Parses a $filter expression. Throws 400 for anything that is not one: an apostrophe that was not doubled, say. */
export function parseFilter(text: string): Filter {
  const parser = new Parser(tokens(text));
  const filter = parser.or('');
  parser.end();
  return filter;
}

function invalid(detail: string): GraphFault {
  return new GraphFault(400, 'BadRequest', `Invalid filter clause: ${detail}`);
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  tokenPattern.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (tokenPattern.lastIndex < trimmed.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(trimmed);
    if (match === null) throw invalid(`There is a syntax error at position ${at}.`);
    if (match[1] !== undefined) found.push({ kind: 'string', text: match[1].slice(1, -1).replaceAll("''", "'") });
    else if (match[2] !== undefined) found.push({ kind: 'word', text: match[2] });
    else found.push({ kind: 'sign', text: match[3] ?? '' });
  }
  return found;
}

class Parser {
  #tokens: readonly Token[];
  #at = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  end(): void {
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw invalid(`Unexpected '${rest.text}'.`);
  }

  or(variable: string): Filter {
    const items = [this.#and(variable)];
    while (this.#takeWord('or')) items.push(this.#and(variable));
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'or', items };
  }

  #and(variable: string): Filter {
    const items = [this.#unary(variable)];
    while (this.#takeWord('and')) items.push(this.#unary(variable));
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'and', items };
  }

  #unary(variable: string): Filter {
    if (this.#takeWord('not')) return { kind: 'not', item: this.#unary(variable) };
    if (this.#takeSign('(')) {
      const inner = this.or(variable);
      this.#sign(')');
      return inner;
    }
    return this.#test(variable);
  }

  #test(variable: string): Filter {
    const word = this.#word();
    const lower = word.toLowerCase();
    if (lower === 'startswith' || lower === 'endswith' || lower === 'contains') {
      this.#sign('(');
      const path = inside(this.#word(), variable);
      this.#sign(',');
      const value = this.#literal();
      this.#sign(')');
      if (typeof value !== 'string') throw invalid(`${word} needs a string.`);
      return { kind: 'text', test: lower, path, value };
    }
    if (lower.endsWith('/any')) return this.#any(inside(word.slice(0, -'/any'.length), variable));
    const path = inside(word, variable);
    const op = this.#word().toLowerCase();
    if (op === 'in') return { kind: 'in', path, values: this.#literals() };
    if (!isComparison(op)) throw invalid(`'${op}' is not an operator.`);
    return { kind: 'compare', path, op, value: this.#literal() };
  }

  #any(path: string): Filter {
    this.#sign('(');
    const variable = this.#word();
    this.#sign(':');
    const item = this.or(variable);
    this.#sign(')');
    return { kind: 'any', path, item };
  }

  #literals(): Literal[] {
    this.#sign('(');
    const values = [this.#literal()];
    while (this.#takeSign(',')) values.push(this.#literal());
    this.#sign(')');
    return values;
  }

  #literal(): Literal {
    const token = this.#next();
    if (token.kind === 'string') return token.text;
    if (token.kind === 'sign') throw invalid(`Unexpected '${token.text}'.`);
    if (token.text === 'null') return null;
    if (token.text === 'true' || token.text === 'false') return token.text === 'true';
    return /^-?\d+(\.\d+)?$/.test(token.text) ? Number(token.text) : token.text;
  }

  #word(): string {
    const token = this.#next();
    if (token.kind !== 'word') throw invalid(`Unexpected '${token.text}'.`);
    return token.text;
  }

  #sign(text: string): void {
    if (!this.#takeSign(text)) throw invalid(`'${text}' expected.`);
  }

  #takeSign(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #takeWord(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' || token.text.toLowerCase() !== text) return false;
    this.#at += 1;
    return true;
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalid('The expression ends too early.');
    this.#at += 1;
    return token;
  }
}

function inside(path: string, variable: string): string {
  if (variable === '') return path;
  if (path === variable) return '';
  if (path.startsWith(`${variable}/`)) return path.slice(variable.length + 1);
  throw invalid(`'${path}' is not in scope.`);
}

function isComparison(text: string): text is Comparison {
  return ['eq', 'ne', 'gt', 'ge', 'lt', 'le'].includes(text);
}
