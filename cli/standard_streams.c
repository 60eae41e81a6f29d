#include "cli/standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void standard_streams_hold(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* the lowest number that is free is this one; reading from output, writing to input fail */
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return;
	}
}

int standard_streams_end(int status)
{
	errno = 0;
	int code = fflush(stdout) != 0 ? errno : 0;
	if (!code && !ferror(stdout))
		return status;
	fprintf(stderr, "onlooker: standard output cannot be written%s%s; look at where it goes\n", code ? ": " : "",
		code ? strerror(code) : "");
	return status == 2 ? 2 : 1;
}
