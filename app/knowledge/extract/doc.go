// Package extract reads the text of documents.
//
// It opens what strangers made, so it belongs into the child process of app/sandbox, see Pool.Extract there: the limits here
// catch the bombs that are known, the limits of the process the others. Nothing here follows a link, opens a file or expands
// an entity.
package extract

// What one document may be. The limits are far above what people write and below what hurts.
const (
	maxText     = 20 << 20  // bytes of text; 7 million Chinese characters
	maxUnpacked = 200 << 20 // bytes read from an archive, all members together
	maxMembers  = 10_000    // files in an archive
	maxDepth    = 500       // of elements in each other; Word with nested tables needs about 100
	maxCells    = 5_000_000 // of all tables
	maxPages    = 5_000     // or slides, or chapters
)
