import { V2InferRequest, type V2InferResponse } from '@tillcast/api/v2';
import { parseBody } from '../http/parse-json.ts';
import { HttpRefusal, invalidInput } from '../http/problem.ts';
import { compileChecker } from '../http/validation.ts';
import { writeBinary } from './binary-tensors.ts';
import type { Inferred, Output } from './infer.ts';
import { readTensors, type Tensor } from './tensor.ts';

/** The header that says how many bytes of a body are JSON; what follows is binary data. */
export const jsonLengthHeader = 'inference-header-content-length';

const checkRequest = compileChecker(V2InferRequest);

/** A request with its tensors. `jsonLength` as the header has it; undefined = the whole body is JSON. */
export function openEnvelope(
  body: Buffer,
  jsonLength: string | undefined,
): { readonly request: V2InferRequest; readonly tensors: readonly Tensor[] } {
  const end = jsonLength === undefined ? body.length : Number(jsonLength);
  if (!/^\d{1,9}$/.test(jsonLength ?? '0') || end > body.length)
    throw new HttpRefusal(
      'BODY_MALFORMED',
      `Inference-Header-Content-Length must be a number of bytes of the body, up to ${body.length}`,
    );
  const request = parseBody(body.subarray(0, end));
  const faults = checkRequest(request);
  if (faults.length > 0) throw invalidInput(faults);
  return { request: request as V2InferRequest, tensors: readTensors(request as V2InferRequest, body.subarray(end)) };
}

function isBinary({ outputs, parameters }: V2InferRequest, name: string): boolean {
  const own = outputs?.find((output) => output.name === name)?.parameters?.binary_data;
  return own === undefined ? parameters?.binary_data_output === true : own === true;
}

const datatypeOf = ({ name }: Output): string => (name === 'prediction_id' ? 'BYTES' : 'FP64');

/** The answer as its request wants it written: all in JSON, or with outputs as binary data behind it. */
export function sealEnvelope(request: V2InferRequest, { outputs, ...rest }: Inferred) {
  const parts: Buffer[] = [];
  const answer: V2InferResponse = {
    ...rest,
    ...(request.id === undefined ? {} : { id: request.id }),
    outputs: outputs.map((output) => {
      const common = { name: output.name, shape: [...output.shape], datatype: datatypeOf(output) };
      if (!isBinary(request, output.name)) return { ...common, data: [...output.values] };
      const bytes = writeBinary(output.values);
      parts.push(bytes);
      return { ...common, parameters: { binary_data_size: bytes.length } };
    }),
  };
  if (parts.length === 0) return { answer };
  const json = Buffer.from(JSON.stringify(answer));
  return { bytes: Buffer.concat([json, ...parts]), jsonLength: json.length };
}
