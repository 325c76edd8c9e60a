/** Kinds of field errors, as they stand in the causes of a Status. */
type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany';

/** One thing that is wrong with one field. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Dotted path with `[index]` and `[key]`; `<nil>` for none. */
  readonly field: string;
  /** Left out of the message when undefined. */
  readonly value?: unknown;
  readonly detail: string;
}

const titles: Record<FieldErrorType, string> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
};

const withoutValue = new Set<FieldErrorType>(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong']);

/** The error's text without the field, in the server's form. */
export function fieldErrorBody(error: FieldError): string {
  const title = titles[error.type];
  const shown = withoutValue.has(error.type) || error.value === undefined ? title : `${title}: ${JSON.stringify(error.value)}`;
  return error.detail === '' ? shown : `${shown}: ${error.detail}`;
}

/** A required field that is missing. */
export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, detail };
}

/** A value that is wrong. */
export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, value, detail };
}

/** Something that must not be. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, detail };
}

/** A value outside its enumeration. */
export function notSupported(field: string, value: unknown, supported: readonly unknown[]): FieldError {
  const names = supported.map((one) => JSON.stringify(typeof one === 'string' ? one : JSON.stringify(one)));
  return { type: 'FieldValueNotSupported', field, value, detail: `supported values: ${names.join(', ')}` };
}
