//! Fields of forms and queries. Read by hand: a field may stand several times, and then all of it counts.

use percent_encoding::percent_decode_str;

/// Maximum number of fields.
const MAX: usize = 256;

/// Names and values.
#[derive(Clone, Default, Debug)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of `name=value&name=value`.
    pub fn of(text: &str) -> Fields {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(MAX);
        Fields(
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (decode(n), decode(v))).collect(),
        )
    }

    /// The first value of a name; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + Clone {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name).parse().ok()
    }
}

/// A value as it stands in a query.
pub fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_they_were() {
        let author = "أبو علي & sons=1+1";
        let fields = Fields::of(&format!("kinds=insult&kinds=curse&author={}&text=a+b&bare&x=%FF", encoded(author)));
        assert_eq!(fields.get("author"), author);
        assert_eq!(fields.all("kinds").collect::<Vec<_>>(), ["insult", "curse"]);
        assert_eq!(
            (fields.get("text"), fields.get("bare"), fields.get("x"), fields.get("no")),
            ("a b", "", "\u{FFFD}", "")
        );
        assert_eq!((fields.number("text"), Fields::of("n=7").number("n")), (None, Some(7)));
    }
}
