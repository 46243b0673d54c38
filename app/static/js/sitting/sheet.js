/** What the applicant sees of the paper: questions, answers, flags and the place; tells listeners what changed. */

export function makeSheet(paper) {
  const { questions, blocks } = paper;
  const answers = new Map(Object.entries(paper.answers ?? {}).map(([position, option]) => [Number(position), option]));
  const flags = new Set(paper.flags ?? []);
  const listeners = [];
  const first = questions[0].position;
  const last = questions[questions.length - 1].position;
  const byPosition = new Map(questions.map((question) => [question.position, question]));
  let place = byPosition.has(paper.place) ? paper.place : first;

  const tell = (change) => listeners.forEach((listener) => listener(change));

  return {
    language: paper.language,
    questions,
    blocks,
    first,
    last,
    get place() {
      return place;
    },
    question: (position = place) => byPosition.get(position),
    block: (position = place) => blocks.find((block) => block.first <= position && position <= block.last),
    answer: (position = place) => answers.get(position) ?? null,
    flagged: (position = place) => flags.has(position),
    positions: (block) => questions.map((q) => q.position).filter((p) => !block || (block.first <= p && p <= block.last)),
    counts(block) {
      const positions = this.positions(block);
      const answered = positions.filter((position) => this.answer(position) !== null);
      return {
        answered: answered.length,
        flagged: positions.filter((position) => flags.has(position)),
        blank: positions.filter((position) => this.answer(position) === null),
      };
    },
    listen(listener) {
      listeners.push(listener);
    },
    choose(option, position = place) {
      if (this.answer(position) === option) return;
      if (option === null) answers.delete(position);
      else answers.set(position, option);
      tell({ kind: "answer", position, option });
    },
    toggleFlag(position = place) {
      const set = !flags.has(position);
      if (set) flags.add(position);
      else flags.delete(position);
      tell({ kind: set ? "flag" : "unflag", position });
    },
    goTo(position) {
      if (!byPosition.has(position)) return;
      place = position;
      tell({ kind: "place", position });
    },
    /** Take over what stands on the server: the test went on elsewhere. Only the drawing listens. */
    replaceAnswers(standing) {
      answers.clear();
      for (const [position, option] of Object.entries(standing ?? {})) answers.set(Number(position), option);
      tell({ kind: "replaced" });
    },
    /** Put back what the server has not heard of yet; nobody is told. */
    recall({ answers: waiting, events }) {
      for (const { position, option } of waiting) {
        if (option === null) answers.delete(position);
        else answers.set(position, option);
      }
      for (const { kind, position } of events) {
        if (kind === "flag") flags.add(position);
        if (kind === "unflag") flags.delete(position);
        if (kind === "place" && byPosition.has(position)) place = position;
      }
    },
  };
}
