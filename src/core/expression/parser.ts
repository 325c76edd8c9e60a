import { comparisonOperators, keywords, type ComparisonOperator, type ExpressionNode, type KeywordNode } from './ast.ts';
import { CompileFailure } from './errors.ts';
import { tokenize, type Token } from './lexer.ts';
import { didYouMean, suggest } from './suggest.ts';

/** Calls within calls; deeper is refused, so that no text can exhaust the stack. */
const maximumDepth = 100;

const isOperator = (text: string): text is ComparisonOperator => (comparisonOperators as readonly string[]).includes(text);
const isKeyword = (text: string): text is KeywordNode['name'] => (keywords as readonly string[]).includes(text);

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end of the expression';
  if (token.kind === 'text') return 'a text';
  return token.kind === 'attribute' ? `[${token.text}]` : token.text;
}

/** Recursive descent over the tokens of one expression. */
class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: string) {
    this.#tokens = tokenize(source);
  }

  whole(): ExpressionNode {
    const node = this.#argument(0);
    if (node.kind === 'empty') this.#refuse('a function, an attribute or a text');
    if (this.#peek().kind !== 'end') this.#refuse('the end of the expression');
    return node;
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new RangeError('there is always an end token');
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #refuse(expected: string): never {
    const token = this.#peek();
    throw new CompileFailure({ message: `expected ${expected}, found ${shown(token)}`, position: token.position, expected });
  }

  /** A term, a comparison of two terms, or nothing before a comma or a closing parenthesis. */
  #argument(depth: number): ExpressionNode {
    const { kind, position } = this.#peek();
    if (kind === ',' || kind === ')' || kind === 'end') return { kind: 'empty', position };
    const left = this.#term(depth);
    const { text, kind: after } = this.#peek();
    if (after !== 'operator' || !isOperator(text)) return left;
    this.#take();
    return { kind: 'comparison', operator: text, left, right: this.#term(depth), position };
  }

  #term(depth: number): ExpressionNode {
    const { kind, text, position } = this.#peek();
    switch (kind) {
      case 'text':
        this.#take();
        return { kind: 'text', value: text, position };
      case 'number':
        this.#take();
        return { kind: 'number', text, position };
      case 'attribute':
        this.#take();
        return { kind: 'attribute', name: text, position };
      case 'name':
        return this.#peek(1).kind === '(' ? this.#call(depth + 1) : this.#keyword();
      default:
        return this.#refuse('a function, an attribute, a text or a number');
    }
  }

  #keyword(): ExpressionNode {
    const { text, position } = this.#take();
    if (isKeyword(text)) return { kind: 'keyword', name: text, position };
    const suggestion = suggest(text, keywords);
    const expected = `( after a function, or one of ${keywords.join(', ')}`;
    throw new CompileFailure({
      message: `${text} is neither a function call nor a keyword${didYouMean(suggestion)}; text is written in double quotes, attributes in brackets`,
      position,
      expected,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #call(depth: number): ExpressionNode {
    const { text: name, position } = this.#take();
    if (depth > maximumDepth) {
      throw new CompileFailure({ message: `functions are nested more than ${maximumDepth} deep`, position, expected: 'less nesting' });
    }
    this.#take();
    const args: ExpressionNode[] = [];
    if (this.#peek().kind === ')') {
      this.#take();
      return { kind: 'call', name, args, position };
    }
    for (;;) {
      args.push(this.#argument(depth));
      const { kind } = this.#peek();
      if (kind !== ',' && kind !== ')') this.#refuse(`, or ) in the arguments of ${name}`);
      this.#take();
      if (kind === ')') return { kind: 'call', name, args, position };
    }
  }
}

/** Parses an expression; throws {@link CompileFailure} with the position of what is wrong. */
export const parseExpression = (source: string): ExpressionNode => new Parser(source).whole();
