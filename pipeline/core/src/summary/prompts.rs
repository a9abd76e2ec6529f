//! Prompts for language models and the typed form of their answers.
