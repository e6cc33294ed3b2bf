//! Statuses of WordPress, and the pages of its REST API.

use std::borrow::Cow;

use super::archive::Status;
use super::{APPROVED, pointers};

/// Status of a comment, by the value of `comment_approved` or of `status`. `by_hand` is true if a person is recorded to
/// have moved it to the trash, none if the export does not say.
pub fn status(approved: &str, by_hand: Option<bool>) -> Status<'_> {
    match approved {
        "1" | "approved" | "approve" => {
            Status::decided("approved", APPROVED, "approved, by a person or by the settings of the site")
        }
        "0" | "hold" | "unapproved" => Status::nobody("pending", "pending: nobody has decided"),
        "spam" => Status::decided("spam", "", "spam is not abuse, and mostly a filter decides it"),
        "trash" if by_hand == Some(false) => {
            Status::nobody("trash-by-rule", "trash, by a rule or a plugin: no person is recorded")
        }
        "trash" if by_hand == Some(true) => Status::decided("trash", "", "trash, by a person who gave no reason"),
        "trash" => Status::decided("trash", "", "trash, for no recorded reason"),
        "post-trashed" => Status::nobody("post-trashed", "its article was deleted: nothing was decided on the comment"),
        "" => Status::nobody("(no status)", "no status in the export"),
        other => Status::decided(other, "", "a status that is not WordPress' own"),
    }
}

/// Reason why a comment of this type is no reader's; none if it is.
pub fn no_reader(kind: &str) -> Option<&'static str> {
    match kind {
        "" | "comment" | "review" => None,
        "pingback" | "trackback" => Some("left out: another site's link, no comment"),
        _ => Some("left out: a plugin's, no comment of a reader"),
    }
}

/// Time of a comment in UTC, if it is known; comments that were never approved may only have the local one.
pub fn when<'a>(gmt: &'a str, local: &'a str) -> Cow<'a, str> {
    let is_known = |time: &str| !time.is_empty() && !time.starts_with("0000");
    match gmt {
        gmt if is_known(gmt) && gmt.len() == 19 && gmt.is_ascii() => {
            Cow::Owned(format!("{}T{}Z", &gmt[..10], &gmt[11..]))
        }
        gmt if is_known(gmt) => Cow::Borrowed(gmt),
        _ if is_known(local) => Cow::Borrowed(local),
        _ => Cow::Borrowed(""),
    }
}

/// Number of the comment that is answered; WordPress writes 0 for none.
pub fn parent(number: &str) -> &str {
    if number == "0" { "" } else { number }
}

/// Pointers into a comment of the REST API.
pub fn rest() -> pointers::Pointers {
    let pointers = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    pointers::Pointers {
        text: pointers(&["/content/raw", "/content/rendered"]),
        decision: pointers(&["/status"]),
        id: pointers(&["/id"]),
        when: pointers(&["/date_gmt", "/date"]),
        story: pointers(&["/post"]),
        parent: pointers(&["/parent"]),
        author: pointers(&["/author_name"]),
        email: pointers(&["/author_email"]),
        ip: pointers(&["/author_ip"]),
        html: true,
        wordpress: true,
        ..pointers::Pointers::default()
    }
}
