// Where files lie in a publication.

export const EVIDENCE_FILE = "supplement/evidence.json";
export const isEvidence = (name) => name === EVIDENCE_FILE || /^[^/]+\/supplement\/evidence\.json$/.test(name);

/** What is read with the index: all but archives and what lies in their supplements by itself. */
export const isBesideIndex = (name) => isEvidence(name) || !(name.includes("supplement/") || name.endsWith(".bel"));

/** Whether an archive is one that the index lists; without an index every archive is. */
export const isListed = (index, name) => !index || index.batches.some((one) => name === (one.name === "." ? one.archive : `${one.name}/${one.archive}`));
