// What Streamlit leaves out: to say the page's language.

export default ({ data }) => { document.documentElement.lang = data.language; };
