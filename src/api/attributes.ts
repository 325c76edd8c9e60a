/** A value of a synchronised attribute in canonical form. Null stands outside: it is the absence of a value. */
export type AttributeValue = string | boolean | readonly string[];

/** Attribute values by Graph property name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
