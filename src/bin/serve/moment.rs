//! Moments as text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Last second that has four digits for its year.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The present time in UTC. A clock that is far off gives the nearest time that can be written.
pub fn now() -> String {
    text(SystemTime::now())
}

/// The present time, in milliseconds since 1970.
pub fn millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A time in milliseconds since 1970 as text.
pub fn of_millis(millis: i64) -> String {
    text(UNIX_EPOCH + Duration::from_millis(millis.max(0).unsigned_abs()).min(LAST))
}

fn text(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time.clamp(UNIX_EPOCH, UNIX_EPOCH + LAST)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_far_off() {
        assert_eq!(text(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(UNIX_EPOCH + 2 * LAST), "9999-12-31T23:59:59.000Z");
    }
}
