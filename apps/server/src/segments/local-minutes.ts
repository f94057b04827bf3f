/** Opens a clock of local minutes since midnight, in a time zone. */
export function openLocalMinutes(timeZone: string): (epochMs: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (epochMs) => {
    const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
    return parts.get('hour')! * 60 + parts.get('minute')!;
  };
}
