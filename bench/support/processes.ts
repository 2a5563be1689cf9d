import { readFileSync } from 'node:fs';

/** Linux only: reads /proc. The process and all processes that it started. */
export function processTree(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [
      pid,
      ...children
        .split(' ')
        .filter(Boolean)
        .flatMap((child) => processTree(Number(child))),
    ];
  } catch {
    return [];
  }
}

/** Of the process and all that it started, also of those that have exited; in hundredths of a second. */
export function cpuSeconds(pid: number): number {
  const seconds = processTree(pid).map((each) => {
    const [, numbers = ''] = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ');
    // utime, stime, cutime and cstime
    return numbers
      .split(' ')
      .slice(11, 15)
      .reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
  });
  return seconds.length > 0 ? seconds.reduce((sum, value) => sum + value) : NaN;
}

/** Of this process without its children. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * The proportional set size in MiB: shared pages are divided among the processes that use them. NaN after the end of the
 * process.
 */
export function proportionalMemory(pid: number): number {
  const [, kibibytes = 'NaN'] = /^Pss:\s+(\d+) kB/m.exec(readProcess(pid, 'smaps_rollup')) ?? [];
  return Number(kibibytes) / 1024;
}

/** Of the first process of a portal and the one of its background tasks, in MiB. */
export function workerMemory(pid: number): number {
  const task = processTree(pid).find(isTaskProcess);
  return proportionalMemory(pid) + (task === undefined ? 0 : proportionalMemory(task) || 0);
}

function isTaskProcess(pid: number): boolean {
  return readProcess(pid, 'cmdline').includes('task-process');
}

/** An empty text after the end of the process. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
