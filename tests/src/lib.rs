//! Whole-program journeys; see journeys/.
