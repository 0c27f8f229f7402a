// The options of daimond, by getopt_long(3).
#include "options.h"

#include <getopt.h>

int daimon_next_option(
    int argc, char *const *argv, const struct daimon_option *options, int count, const char **argument, int *index) {
    enum { most = 32 };
    struct option list[most + 1] = {0};
    for (int i = 0; i < count && i < most; i++)
        list[i] = (struct option){options[i].name, options[i].has_argument, 0, options[i].value};
    // "+": options end at the first operand, as POSIX has it; "h" and "V" are the only short ones.
    int value = getopt_long(argc, argv, "+hV", list, 0);
    *argument = optarg;
    *index = optind;
    return value;
}
