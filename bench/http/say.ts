/** What is going on, for whoever waits. */
export const say = (text: string): void => void process.stderr.write(`bench:http: ${text}\n`);
