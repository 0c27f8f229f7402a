// Starting a process: a list of steps, compiled in Swift, carried out in C between clone(2) and execve(2).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
