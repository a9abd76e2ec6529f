//! The order of the rows of a file. Rows lie in the order in which they came, in several parts; a file has them in the
//! order of contacts. What is sorted are the revisions: the rows of each lie one after the other.

use std::ops::Range;

/// Rows of a revision that lie one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// The revision, as the one who made the order counts them.
    pub revision: usize,
    /// The part they lie in.
    pub part: usize,
    /// The rows in that part.
    pub rows: Range<usize>,
}

/// Runs in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Order {
    runs: Vec<Run>,
    /// The row of the file after each run.
    ends: Vec<usize>,
}

impl Order {
    /// Of these runs. Those without rows are left out.
    pub(crate) fn new(runs: impl Iterator<Item = Run>) -> Self {
        let mut order = Self::default();
        for run in runs.filter(|run| !run.rows.is_empty()) {
            order.ends.push(order.rows() + run.rows.len());
            order.runs.push(run);
        }
        order
    }

    /// Rows of the file.
    pub(crate) fn rows(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Where these rows of the file lie. A run that is only partly among them is cut.
    pub(crate) fn cut(&self, rows: Range<usize>) -> impl Iterator<Item = Run> {
        let first = self.ends.partition_point(|end| *end <= rows.start);
        self.runs.iter().zip(&self.ends).skip(first).map_while(move |(run, end)| {
            let begin = end - run.rows.len();
            let from = rows.start.max(begin);
            let to = rows.end.min(*end);
            let lies = |row: usize| run.rows.start + (row - begin);
            (from < to).then(|| Run { rows: lies(from)..lies(to), ..run.clone() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(revision: usize, part: usize, rows: Range<usize>) -> Run {
        Run { revision, part, rows }
    }

    #[test]
    fn runs_are_cut_where_a_piece_ends() {
        let runs = [run(7, 1, 10..13), run(8, 0, 5..5), run(9, 0, 0..4)];
        let order = Order::new(runs.into_iter());
        assert_eq!(order.rows(), 7);
        let cut = |rows| order.cut(rows).collect::<Vec<_>>();
        assert_eq!(cut(0..7), [run(7, 1, 10..13), run(9, 0, 0..4)]);
        assert_eq!(cut(0..2), [run(7, 1, 10..12)]);
        assert_eq!(cut(2..5), [run(7, 1, 12..13), run(9, 0, 0..2)]);
        assert_eq!(cut(3..7), [run(9, 0, 0..4)]);
        assert_eq!(cut(5..6), [run(9, 0, 2..3)]);
        assert_eq!(cut(7..7), []);
        assert_eq!(Order::default().rows(), 0);
    }
}
