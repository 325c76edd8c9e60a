/** What a Kubernetes Event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

export interface EventInput {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from the list in api/reasons. */
  readonly reason: string;
  /** CamelCase verb of what the operator was doing, such as Reconcile, Create, Delete. */
  readonly action: string;
  /** A sentence of at most 1024 characters with object ids only, no personal data. */
  readonly note: string;
}

/** Records Kubernetes Events, best effort: never throws, never blocks. */
export interface EventSink {
  emit(about: ObjectReference, event: EventInput): void;
}
