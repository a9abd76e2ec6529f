//! Figures for the insight: metrics, baselines and the sets they are measured on.
