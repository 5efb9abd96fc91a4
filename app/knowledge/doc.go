// Package knowledge owns datasets: adding documents, cutting them into chunks, embedding, indexing, searching and explaining.
//
// # From a file to a hit
//
// A document's row is its place in the queue: Stage says what is done next (waiting, parsing, splitting, indexing), and every
// stage ends in one change of the row together with what it made. A process that dies begins the stage again, and a stage
// begins by removing what an earlier try of it left. There are no job rows and no leases, because one process holds the data
// directory; a second queue beside the rows would be a second owner of the same fact.
//
// A document is cut again at any time. The chunks of the new revision are made and embedded while those of the old one answer,
// and one change swaps them.
//
// A unit is what the indexes hold: a chunk, or a child in its place. Its key is (number of the document, ordinal), and an
// ordinal is never used twice. Whatever changes a unit writes a line to the outbox in the same transaction, and that line says
// only "look at this range again": applying it makes the index equal to what is stored, so it may be applied twice, late or
// after a rebuild. Before a search the lines that are not applied yet are, so that who adds a chunk finds it at once.
//
// Vectors are rows too. The directory index/ can be deleted or damaged; it is built again from the rows, without a model.
//
// A space is the vectors of one model. When a dataset's model changes, a new space is filled in the background while the old
// one answers.
package knowledge
