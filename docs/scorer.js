// How the manual's search ranks its hits. The numbers are Sphinx's own.
var Scorer = {
  // A heading that has all of the question ("Page > Heading") answers it better than a page that
  // only has its words.
  score: ([, title, , , score]) => (title.includes(" > ") ? score + 5 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
