import { type MemberName, memberNames } from '../ensemble.ts';

/** A member's file without what differs between two runs of the same data, spec and seed: CatBoost's guid and finish time. */
export function normaliseMember(name: MemberName, text: string): string {
  if (name !== 'catboost') return text;
  const model = JSON.parse(text) as { model_info?: Record<string, unknown> };
  const { model_guid: _guid, train_finish_time: _finished, ...info } = model.model_info ?? {};
  return JSON.stringify({ ...model, model_info: info });
}

/** What a bundle's content hash covers: what was learnt, and nothing of when, where or how it was measured. */
export interface BundleContent {
  readonly members: Readonly<Partial<Record<MemberName, string>>>;
  readonly features: string;
  readonly encoders: string;
  readonly blend: string;
}

/** The text whose SHA-256 is the content hash; lengths first, so that no two contents run together. */
export function contentText(content: BundleContent): string {
  const members = memberNames.flatMap((name) => {
    const text = content.members[name];
    return text === undefined ? [] : [[name, normaliseMember(name, text)] as const];
  });
  const parts = [['features', content.features], ['encoders', content.encoders], ['blend', content.blend], ...members] as const;
  return parts.map(([name, text]) => `${name} ${text.length}\n${text}\n`).join('');
}
