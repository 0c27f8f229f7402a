// getopt_long(3), whose globals Swift 6 takes for data races, behind one function.
#pragma once

struct daimon_option {
    const char *name;
    int has_argument;  ///< 0 or 1
    int value;         ///< what daimon_next_option returns for it
};

/// The next option of argv: its value, -1 after the last, '?' for one that is unknown or lacks its argument
/// (getopt_long has said so on stderr). `argument` and `index` receive what getopt(3) calls optarg and optind.
int daimon_next_option(
    int argc, char *const *argv, const struct daimon_option *options, int count, const char **argument, int *index);
