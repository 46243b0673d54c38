/** Whose are the rows of the journal that this computer has not heard of? Pure: nothing is asked or kept here. */

/**
 * Compare the queue of this store with the paper as the server has it now.
 *
 * The rule. `known` is the highest sequence that was acknowledged to this store, or that it read with a paper. The
 * server has `paper.sequence - known` rows beyond it. Nobody else has saved if there are none, or if they are ours
 * with a lost acknowledgement. Answers go one at a time and in order, so rows of ours are the first as many of the
 * queue; they are taken for ours if every position among them stands on the paper as the last of them left it. Then
 * they have arrived, and the rest is sent. In every other case the test went on elsewhere: the whole queue is older
 * than what stands, and is not sent. What agrees with the paper anyway needs no word; the rest is told as `differing`.
 *
 * Two cases that look alike are so told apart: another computer that gave the same answers again and nothing more
 * changes nothing (the rest of the queue is still the newest of its questions); one that gave more is seen by the count.
 * A tab that the same browser restores, or a page that was closed and opened again, finds no unseen rows, or its own.
 *
 * @returns {{ours: boolean, arrived: number, differing: object[]}} `arrived`: how many from the front need not be sent
 */
export function compareWithPaper(queue, known, paper) {
  const unseen = Math.max(0, paper.sequence - known);
  const candidates = queue.slice(0, unseen);
  if (differingFrom(paper, candidates).length === 0) return { ours: true, arrived: candidates.length, differing: [] };
  return { ours: false, arrived: 0, differing: differingFrom(paper, queue) };
}

/** Entries of those positions whose last entry is not what stands on the paper. */
function differingFrom(paper, entries) {
  const last = new Map(entries.map(({ position, option }) => [position, option]));
  return entries.filter(({ position }) => (paper.answers?.[position] ?? null) !== last.get(position));
}
