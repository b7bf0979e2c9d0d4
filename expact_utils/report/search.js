// Scores of the book's search: Sphinx's own, but a title that holds the whole query comes first. Sphinx takes "CNN-deep"
// for two words, and finds "CNN" in every title of a network.
var Scorer = {
  score: ([, title, , , score]) => {
    const query = new URLSearchParams(location.search).get("q").trim().toLowerCase();
    return title.toLowerCase().includes(query) ? score + 100 : score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
