"""The page: the only code that knows Streamlit. It shows what the rest of `builder` computes, and decides nothing."""
