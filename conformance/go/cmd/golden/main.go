// Command golden writes data frames with the genuine SDK, for codecs in other languages to be
// held against, and reads what they wrote.
//
//	golden write FOLDER            the corpus: NAME.arrow, NAME.json, NAME.values.json, and foreign/
//	golden compare CORPUS FOLDER   one JSON line for each frame of the corpus that FOLDER has, too
//
// The same program always writes the same bytes.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "golden:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "write":
		if err := writeCorpus(args[1]); err != nil {
			return err
		}
		return writeForeign(args[1])
	case len(args) == 3 && args[0] == "compare":
		return compare(args[1], args[2], os.Stdout)
	default:
		return fmt.Errorf("usage: golden write FOLDER | golden compare CORPUS FOLDER")
	}
}
