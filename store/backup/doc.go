// Package backup writes the whole of a site into one file while it serves, proves that the file can be restored, and restores it.
//
// # The file
//
// islet-20261123-030000.tar.zst is a tar archive compressed with zstd; with a passphrase it is .tar.zst.age, the same inside an
// age envelope (scrypt). Standard tools open both: `tar --zstd -xf`, `age -d`. Its members, in this order and no others:
//
//	manifest.json       format, versions, installation, tables with their rows and SHA-256, all members with size and SHA-256
//	islet.db            the truth, copied by VACUUM INTO from one read snapshot
//	secret.key          only with a passphrase
//	files/ab/abcd…      every uploaded file that the snapshot names
//	manifest-end.json   the first member again, so that a file that was cut off shows it
//
// A skippable zstd frame with the SHA-256 of everything before it ends the stream: not one bit may differ.
//
// # What is in it, and what not
//
// The secret key opens the stored credentials of model servers. A backup without a passphrase leaves it out, so that a copy
// on a stick gives no key away; after restoring such a one, secret.key is copied by hand or the credentials are entered again.
// trace.db is not in it: traces are bounded, many times larger than the truth, and losing them loses no conversation. kv/ and
// backups/ are not in it either: the one comes back by itself, the other are files like this.
//
// # When it counts
//
// A file appears under its name only after the drill: it was read back, every hash compared, unpacked into a scratch folder,
// the database checked (integrity_check, foreign_key_check, schema, rows and SHA-256 of each table). So a backup on the list is
// one that has been restored once. Plain copies for all this lie in the data directory, never beside an encrypted file.
//
// Uploaded bytes never change and are named by their hash, so copying them needs no lock: if one that the snapshot names has
// been swept meanwhile, its row is gone from the live database too, and the snapshot is taken again.
package backup
