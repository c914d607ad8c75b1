/*
 * number.h - numbers as text in the C locale, whatever the process's locale.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

/* What strtod() reads from the start of `s` in the C locale. */
double number_read(const char *s);

#define NUMBER_TEXT 32

/* The shortest form of a finite `v` that reads back to it. */
void number_write(double v, char out[NUMBER_TEXT]);

#endif
