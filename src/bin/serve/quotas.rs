//! Quotas of feedback: rows in a minute and bytes in a day, for each key.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::Settings;
use crate::error::ApiError;
use crate::feedback::Row;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What each key has sent; a restart begins anew.
pub struct Quotas {
    rows: usize,
    bytes: usize,
    /// Of requests without a key, then of each key by its number.
    sent: Mutex<Vec<[Window; 2]>>,
}

/// What was counted of a request.
pub struct Taken {
    key: usize,
    /// Each window that it was counted in, by its begin, and how much.
    amounts: [(Instant, usize); 2],
}

/// Amount since a time.
#[derive(Clone, Copy)]
struct Window {
    since: Instant,
    amount: usize,
}

impl Window {
    /// The amount at a time with `more`, if it is not above `max`.
    fn with(self, now: Instant, length: Duration, more: usize, max: usize) -> Option<Window> {
        let fresh = now.duration_since(self.since) >= length;
        let Window { since, amount } = if fresh { Window { since: now, amount: 0 } } else { self };
        let amount = amount.saturating_add(more);
        (amount <= max).then_some(Window { since, amount })
    }
}

impl Quotas {
    /// The quotas of the settings.
    pub fn new(settings: &Settings) -> Quotas {
        let window = Window { since: Instant::now(), amount: 0 };
        let limits = &settings.limits;
        Quotas {
            rows: limits.feedback_per_minute,
            bytes: limits.feedback_mib_per_day.saturating_mul(1 << 20),
            sent: Mutex::new(vec![[window; 2]; settings.keys() + 1]),
        }
    }

    /// Counts rows that came with the key of a number.
    ///
    /// # Errors
    /// They are too many, or too large; none is counted.
    pub fn take(&self, key: Option<u32>, rows: &[Row]) -> Result<Taken, ApiError> {
        let key = key.unwrap_or(0) as usize;
        let bytes = rows.iter().map(|row| row.text.len() + row.id.as_ref().map_or(0, String::len)).sum();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let Some([minute, day]) = sent.get_mut(key) else { return Ok(Taken { key, amounts: [(now, 0); 2] }) };
        let Some(of_minute) = minute.with(now, MINUTE, rows.len(), self.rows) else {
            let message = format!("More than {} rows of feedback in a minute: limits.feedback_per_minute.", self.rows);
            return Err(ApiError::quota(message));
        };
        let Some(of_day) = day.with(now, DAY, bytes, self.bytes) else {
            let mebibytes = self.bytes >> 20;
            let message = format!("More than {mebibytes} MiB of feedback in a day: limits.feedback_mib_per_day.");
            return Err(ApiError::quota(message));
        };
        (*minute, *day) = (of_minute, of_day);
        Ok(Taken { key, amounts: [(minute.since, rows.len()), (day.since, bytes)] })
    }

    /// Takes back what was counted of rows that could not be stored.
    pub fn give_back(&self, taken: &Taken) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        for (window, (since, amount)) in sent.get_mut(taken.key).into_iter().flatten().zip(taken.amounts) {
            // A window that began later does not have it.
            if window.since == since {
                window.amount = window.amount.saturating_sub(amount);
            }
        }
    }
}
