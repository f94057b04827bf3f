import { PredictRequest } from '@tillcast/api/predict';
import type { Element } from './binary-tensors.ts';
import { checkColumn, rowsOf } from './feature-rows.ts';
import { refuseTensor, type Tensor } from './tensor.ts';

const fields: readonly string[] = Object.keys(PredictRequest.properties).filter(
  (name) => name !== 'target' && name !== 'explain',
);

/** Whether the inputs are the fields of `POST /v1/predict`: every question has a session, and no feature is called that. */
export const areQuestions = (tensors: readonly Tensor[]): boolean => tensors.some(({ name }) => name === 'session_id');

const fieldOf = (value: Element): Element | undefined => (value === null ? undefined : value);

/** The questions that columns of fields put, one a row; a missing value leaves its field out. */
export function questionsOf(tensors: readonly Tensor[], more: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const rowCount = rowsOf(tensors);
  for (const tensor of tensors) {
    checkColumn(tensor);
    if (!fields.includes(tensor.name)) refuseTensor(tensor.pointer, `"${tensor.name}" is no field of POST /v1/predict`);
  }
  return Array.from({ length: rowCount }, (_, row) => {
    const given = tensors.map(({ name, values }) => [name, fieldOf(values[row]!)] as const);
    return { ...Object.fromEntries(given.filter(([, value]) => value !== undefined)), ...more };
  });
}
