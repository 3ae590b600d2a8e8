// Command recall measures how many of the ten nearest neighbours by the exact cosine of the floats a search over codes finds, for every ranking, and
// prints the tables of docs/RECALL.md. ci/recall fetches the vectors and runs it.
//
//	recall NAME=STATES.npy[,FOREIGN=IDS.npy…]…
//
// A foreign file holds neighbours that another library found: int32 or int64 [queries × 101], the nearest first.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: recall NAME=STATES.npy[,FOREIGN=IDS.npy…]…")
	}
	for _, argument := range os.Args[1:] {
		if err := report(argument); err != nil {
			log.Fatalf("recall: %s: %v", argument, err)
		}
	}
}

// named is NAME=FILE.
func named(text string) (name, file string, err error) {
	name, file, ok := strings.Cut(text, "=")
	if !ok || name == "" || file == "" {
		return "", "", fmt.Errorf("%q is not NAME=FILE", text)
	}
	return name, file, nil
}

func report(argument string) error {
	parts := strings.Split(argument, ",")
	name, file, err := named(parts[0])
	if err != nil {
		return err
	}
	s, err := load(name, file)
	if err != nil {
		return err
	}
	rankings, err := s.rankings()
	if err != nil {
		return err
	}
	for _, part := range parts[1:] {
		foreign, err := s.foreign(part)
		if err != nil {
			return err
		}
		rankings = append(rankings, foreign)
	}
	s.print(os.Stdout, rankings)
	return nil
}
