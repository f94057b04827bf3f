import type { FieldError } from '@tillcast/api/problem';
import { type TensorType, tensorTypes, type V2InferRequest } from '@tillcast/api/v2';
import { invalidInput } from '../http/problem.ts';
import { type Element, readBinary } from './binary-tensors.ts';

/** A tensor of a request, row by row. */
export interface Tensor {
  readonly name: string;
  readonly datatype: TensorType;
  /** [n] or [n, width]. */
  readonly shape: readonly number[];
  readonly values: readonly Element[];
  /** Where it stands in the request, as a JSON Pointer. */
  readonly pointer: string;
}

type Input = V2InferRequest['inputs'][number];

/** Refuses a tensor by what is wrong with it. */
export const refuseTensor = (pointer: string, detail: string): never => {
  throw invalidInput([{ pointer, detail } satisfies FieldError]);
};

const integers: Readonly<Partial<Record<TensorType, readonly [low: number, high: number]>>> = {
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** An element of JSON as its datatype has it; undefined where it is of another. */
function elementOf(value: unknown, datatype: TensorType): Element | undefined {
  if (value === null) return null;
  if (datatype === 'BYTES') return typeof value === 'string' ? value : undefined;
  if (datatype === 'BOOL') return typeof value === 'boolean' ? Number(value) : undefined;
  if (typeof value !== 'number') return undefined;
  const range = integers[datatype];
  return range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1]) ? value : undefined;
}

function readJson({ data = [], datatype }: Input, type: TensorType, pointer: string, count: number): Element[] {
  // The guard of bodies bounds the depth, so `flat` cannot be led astray.
  const flat = data.flat(Number.POSITIVE_INFINITY) as unknown[];
  if (flat.length !== count) refuseTensor(`${pointer}/data`, `holds ${flat.length} values; its shape asks for ${count}`);
  return flat.map((value, index) => {
    const element = elementOf(value, type);
    return element === undefined
      ? refuseTensor(`${pointer}/data`, `value ${index} is ${JSON.stringify(value).slice(0, 60)}, which is no ${datatype}`)
      : element;
  });
}

/** The tensors of a request; those that say so are taken off the binary data behind it, in their order. */
export function readTensors({ inputs }: V2InferRequest, binary: Buffer): Tensor[] {
  let at = 0;
  const tensors = inputs.map((input, index): Tensor => {
    const pointer = `/inputs/${index}`;
    const { name, shape, datatype } = input;
    const type = tensorTypes.find((known) => known === datatype);
    if (type === undefined)
      return refuseTensor(`${pointer}/datatype`, `${datatype} is not taken; those are ${tensorTypes.join(', ')}`);
    if (inputs.findIndex((other) => other.name === name) !== index) refuseTensor(pointer, `the name "${name}" is there twice`);
    const count = shape.reduce((product, side) => product * side, 1);
    const size = input.parameters?.binary_data_size;
    if (size === undefined) return { name, shape, datatype: type, pointer, values: readJson(input, type, pointer, count) };
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || at + size > binary.length)
      return refuseTensor(`${pointer}/parameters/binary_data_size`, `${size} bytes do not follow the request’s JSON`);
    if (input.data !== undefined) refuseTensor(`${pointer}/data`, 'must be absent where binary data is given');
    const bytes = binary.subarray(at, at + size);
    at += size;
    const values = readBinary(bytes, type, count);
    if (values === undefined)
      return refuseTensor(`${pointer}/parameters/binary_data_size`, `${size} bytes are not ${count} values of ${datatype}`);
    return { name, shape, datatype: type, pointer, values };
  });
  if (at !== binary.length) refuseTensor('', `${binary.length - at} bytes of binary data belong to no input`);
  return tensors;
}
