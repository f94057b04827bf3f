import type { RoiAnswer } from '@tillcast/api/reports';

/** The treatments whose cost the shop has told. */
export const treatmentsOf = ({ assumptions }: RoiAnswer): readonly string[] =>
  assumptions.flatMap(({ name, source }) => {
    const treatment = /^treatment_costs\.(.+)\.fixed$/.exec(name)?.[1];
    return treatment === undefined || source !== 'setting' ? [] : [treatment];
  });
