package store

import "os"

// syncDir does nothing: Windows cannot sync a directory, and NTFS journals the rename.
func syncDir(*os.File) error { return nil }
