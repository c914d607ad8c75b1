/* version.h - the one place where the program's version stands. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define TERRIER_VERSION "0.1.0"

#endif
