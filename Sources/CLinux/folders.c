// Folders that others may write to, and a file that one user more may read.
#include "CLinux.h"

#include <errno.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

int daimon_open_beneath(int directory, const char *name, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_NOFOLLOW), .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
    return openat(directory, name, flags | O_NOFOLLOW);
}

// The list as the kernel stores it, of version 2: tag, permissions and id of each entry, in this order (acl(5)).
int daimon_let_read(int fd, uid_t uid, int may_enter) {
    struct entry {
        uint16_t tag, permissions;
        uint32_t id;
    };
    uint16_t rights = may_enter ? 5 : 4;
    struct {
        uint32_t version;
        struct entry entries[5];
    } list = {
        2,
        {
            {0x01, rights, UINT32_MAX},  // the owner
            {0x02, rights, uid},         // the user
            {0x04, 0, UINT32_MAX},       // the group
            {0x10, rights, UINT32_MAX},  // the mask
            {0x20, 0, UINT32_MAX},       // others
        },
    };
    return fsetxattr(fd, "system.posix_acl_access", &list, sizeof list, 0);
}
