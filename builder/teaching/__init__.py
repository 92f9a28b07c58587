"""What a teacher says, asks and writes out: the lesson, exercises, the sheet, a row walked through."""
