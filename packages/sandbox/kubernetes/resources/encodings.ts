import { isObject, listOf, valueAt } from '../json.ts';
import type { KubeObject } from '../types.ts';

const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[-+]\d\d:\d\d)$/;
const base64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Says what stands in the way of decoding an object. */
export type DecodingCheck = (object: KubeObject) => string | undefined;

/** Times at these paths have exactly six digits after the second: fewer are not understood. */
export function microTimes(...paths: readonly string[]): DecodingCheck {
  const steps = paths.map((path) => path.split('.'));
  return (object) => {
    for (const path of steps) {
      const value = valueAt(object, path);
      if (value === undefined || value === null || (typeof value === 'string' && microTime.test(value))) continue;
      const text = JSON.stringify(value);
      return `parsing time ${text} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${text} as ".000000"`;
    }
    return undefined;
  };
}

/** The values of these maps are texts; those of `data` in a secret in base64. */
export function textMaps(...members: readonly { readonly name: string; readonly encoded: boolean }[]): DecodingCheck {
  return (object) => {
    for (const { name, encoded } of members) {
      const map = object[name];
      if (map === undefined || map === null) continue;
      if (!isObject(map) || listOf(map).length > 0) return `json: cannot unmarshal into Go struct field ${object.kind}.${name} of type map`;
      for (const value of Object.values(map)) {
        if (value === null && encoded) continue;
        if (typeof value !== 'string')
          return `json: cannot unmarshal ${typeof value} into Go struct field ${object.kind}.${name} of type string`;
        if (encoded && !base64.test(value)) return 'illegal base64 data at input byte 0';
      }
    }
    return undefined;
  };
}
