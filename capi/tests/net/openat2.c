/* Whether whatever runs this knows the system call `openat2`, which planning and staging need. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
  return syscall(SYS_openat2, -1, "", 0, 0) < 0 && errno == ENOSYS;
}
