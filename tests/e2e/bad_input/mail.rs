//! The relay is down, refuses, or is set up wrongly: letters wait or are given up, visibly.

use std::net::TcpListener;

use serde_json::Value;

use super::{fails_to_send, letters};
use spor_tests::binary::beside;
use spor_tests::smtp::program::Program;
