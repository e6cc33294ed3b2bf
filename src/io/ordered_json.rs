//! JSON objects that keep the order of their names.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Names and values of a JSON object as they stand there, names that come twice as well.
pub struct Ordered<'j, T>(pub Vec<(Cow<'j, str>, T)>);

/// A JSON string, copied only where it has escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub struct Text<'j>(#[serde(borrow)] pub Cow<'j, str>);

impl<'de: 'j, 'j, T: Deserialize<'de>> Deserialize<'de> for Ordered<'j, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Ordered<'de, T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    found.push((name, value));
                }
                Ok(Ordered(found))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}
