// Package dsl reads and writes Dify's app files (versions 0.1.0 to 0.6.0). An app keeps what islet has no field for, so that
// nothing of a file is lost on the way in and out.
//
// Nothing here touches a store, the network or a program: reading a file never starts anything.
package dsl
