import type { ProgressLine } from '../jobs/run-trainer.ts';
import type { TrainingProgress } from '../jobs/train-options.ts';
import { bar, openProgress, say } from './output.ts';

const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
};

const number = (value: number | null | undefined): string => (typeof value === 'number' ? value.toFixed(5) : 'none yet');

/** `catboost      [████░░░░]  50 %  trial 5 of 10, best 0.14125, about 12 s left` */
export function describeLine(line: ProgressLine): string | undefined {
  const member = (line.member ?? '').padEnd(14);
  if (line.event === 'trial') {
    const share = line.trials ? (line.trial ?? 0) / line.trials : 0;
    const left = typeof line.remaining_seconds === 'number' ? `, about ${duration(line.remaining_seconds)} left` : '';
    return `${member}${bar(share)}  trial ${line.trial} of ${line.trials}, best ${number(line.best)}${left}`;
  }
  if (line.event === 'fit') return `${member}fitting`;
  if (line.event === 'member') return `${member}done${typeof line.score === 'number' ? `, score ${number(line.score)}` : ''}`;
  return undefined;
}

/** Shows a training as it goes: one live line on a terminal, plain lines at times elsewhere. */
export function openTrainingProgress() {
  const line = openProgress();
  let stage = '';
  return {
    show(progress: TrainingProgress): void {
      if (progress.stage !== stage) {
        stage = progress.stage;
        line.close(`${stage}: ${progress.text}`);
        return;
      }
      const text = progress.line === undefined ? `  ${progress.text}` : describeLine(progress.line);
      if (text === undefined) return;
      // What is finished stays on the screen.
      if (progress.line?.event === 'member') line.close(`  ${text}`);
      else line.update(`  ${text}`);
    },
    close: () => line.close(),
    say,
  };
}
