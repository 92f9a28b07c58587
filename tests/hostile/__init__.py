"""What comes from a stranger: links, files and events that nobody made with the page, and words that would like to be more than words."""
