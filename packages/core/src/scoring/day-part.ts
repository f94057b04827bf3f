/** The times that shops know to differ; evening is 18–22 h in the shop's time zone. */
export const dayParts = ['workday', 'workday_evening', 'weekend', 'weekend_evening'] as const;
export type DayPart = (typeof dayParts)[number];

/** The part of the week at an hour (0–23). */
export function dayPartOf(hour: number, isWeekend: boolean): DayPart {
  const isEvening = isEveningHour(hour);
  if (isWeekend) return isEvening ? 'weekend_evening' : 'weekend';
  return isEvening ? 'workday_evening' : 'workday';
}

/** Whether an hour is in the evening, 18:00 to 22:59. */
export const isEveningHour = (hour: number): boolean => hour >= 18 && hour <= 22;

/** The key of a cell in `ReferenceProfile.categoryRates`: the category (`''` for all), then the part of the week where the cell has one. */
export const rateKey = (category: string, dayPart?: DayPart): string =>
  dayPart === undefined ? category : `${category}@${dayPart}`;
