package io.github.q2kernel.q2;

/** Some rows of many have no finite norm. The others are done. */
public final class RefusedRowsException extends NotFiniteException {
    private static final long serialVersionUID = 1;
    private final transient RowResults results;

    RefusedRowsException(RowResults results) {
        super(results.refused().length + " of " + results.count() + " rows refused, first row " + results.refused()[0] + ": " + WHY);
        this.results = results;
    }

    /**
     * What became of all rows.
     *
     * @return the results; a refused row has a code of zero bytes, key 0 and 0 transitions
     */
    public RowResults results() {
        return results;
    }
}
