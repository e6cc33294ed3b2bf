//! Items that the programs, tests, benches and fuzzing need beyond the public face, by wing. They may change in any
//! version.

pub mod io {
    #[cfg(feature = "cli")]
    pub use crate::io::gzip::*;
    #[cfg(feature = "train")]
    pub use crate::io::{atomic::*, column_names::*, columns::*};
    pub use crate::io::{
        bad_row::*,
        csv::*,
        csv_writer::*,
        damage::*,
        dialect::*,
        format::*,
        json_form::with_null,
        json_values::*,
        open::*,
        ordered_json::*,
        remarks::*,
        row_check::*,
        spreadsheet::*,
        table::{Table, flatten},
        visible::*,
        what,
    };
}

pub mod text {
    pub use crate::text::{html::*, offsets::*, word::*, words::*};
}

pub mod ngrams {
    pub use crate::ngrams::{emit::*, script::*, sink::*};
}

pub mod model {
    pub use crate::model::{
        by_script::*, classes::*, format::*, kinds::*, label::*, learnt_comments::*, training::*, triage::*, *,
    };
}

pub mod stats {
    #[cfg(feature = "train")]
    pub use crate::stats::{adjusted_count::*, paired::*, risk_control::*, roc::*};
    pub use crate::stats::{histogram::*, *};
}

pub mod decide {
    pub use crate::decide::{json::*, rules::MAX_NOTE};
}

#[cfg(feature = "train")]
pub mod corpus {
    pub use crate::corpus::{labels::key as label_key, near_duplicates::*, usual_labels::*, *};
}

#[cfg(feature = "train")]
pub mod evaluate {
    pub use crate::evaluate::{
        active_learning::*, bias::*, conflicting_labels::*, label_errors::*, metrics::*, promise_check::*,
        thresholds::*,
    };
}

#[cfg(feature = "train")]
pub mod train {
    pub use crate::train::{lbfgs::*, objective::*, sparse_matrix::*, trained::*, vocabulary::*};
}
