//! Closed lists of words, as they are stored and hashed.

/// Makes an enum whose variants have a stored word each.
macro_rules! words {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The stored word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads a stored word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl From<$name> for $crate::backend::Value {
            fn from(value: $name) -> Self {
                Self::from(value.as_str())
            }
        }

        impl $crate::backend::FromValue for $name {
            fn from_value(value: $crate::backend::Value) -> $crate::error::Result<Self> {
                let word = String::from_value(value)?;
                let unknown = || $crate::error::StoreError::unreadable(&format!("{word:?}?"));
                Self::parse(&word).ok_or_else(unknown)
            }
        }
    };
}

pub(crate) use words;
